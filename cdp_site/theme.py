"""How Kith looks: the settings of the admin theme (UNFOLD). Names only, nothing is imported from the apps."""

from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static


def _logo(_request: HttpRequest) -> str:
    return static("kith/logo.svg")


def _login_picture(_request: HttpRequest) -> str:
    return static("kith/login.svg")


def _styles(_request: HttpRequest) -> str:
    return static("kith/kith.css")


def _script(_request: HttpRequest) -> str:
    return static("kith/kith.js")


def _plot_styles(_request: HttpRequest) -> str:
    return static("kith/plots.css")


def _plot_script(_request: HttpRequest) -> str:
    return static("kith/plots.js")


# Petrol: unlike the status colours (green, amber, red, blue), and 600 carries white text at 5:1.
_PETROL = {
    "50": "oklch(97.6% .013 205)",
    "100": "oklch(94.4% .03 205)",
    "200": "oklch(89% .056 206)",
    "300": "oklch(81.5% .085 207)",
    "400": "oklch(74% .105 209)",
    "500": "oklch(66% .108 211)",
    "600": "oklch(48.5% .088 214)",
    "700": "oklch(42.5% .077 216)",
    "800": "oklch(37% .066 218)",
    "900": "oklch(31.5% .055 220)",
    "950": "oklch(24% .044 223)",
}

UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Kith",
    "SITE_HEADER": "Kith",
    "SITE_SUBHEADER": "cdp_site.navigation.company",
    "SITE_ICON": _logo,
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": _logo}],
    "SITE_URL": None,
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_LANGUAGES": True,
    "SHOW_BACK_BUTTON": True,
    "BORDER_RADIUS": "8px",
    "STYLES": [_styles, _plot_styles],
    "SCRIPTS": [_script, _plot_script],
    "LOGIN": {"image": _login_picture},
    "COLORS": {"primary": _PETROL},
    "COMMAND": {"search_callback": "cdp_site.navigation.find_people"},
    "SIDEBAR": {
        "show_search": True,
        "command_search": True,
        "navigation": "cdp_site.navigation.sections",
    },
}
