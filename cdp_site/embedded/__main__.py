"""`make run`: python -m cdp_site.embedded [--only web worker ...]."""

import sys

from cdp_site.embedded.launcher import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
