"""`make crm`: python -m cdp_site.crm."""

import sys

from cdp_site.crm.launcher import main

if __name__ == "__main__":
    sys.exit(main())
