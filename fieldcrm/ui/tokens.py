"""The design tokens: what every colour, size and font weight of the interface comes from.

Contrast of the pairs in use is tested (``tests/ui/test_theme.py``); change a colour there too.
"""

from __future__ import annotations

LIGHT = {
    "canvas": "#F5F6F8", "sidebar": "#ECEEF2", "card": "#FFFFFF", "sunken": "#EFF1F4",
    "raised": "#FFFFFF", "hover": "#F0F2F6", "line": "#DFE3E9", "lineStrong": "#818B9A",
    "text": "#14181F", "text2": "#444D5B", "text3": "#5D6676", "disabled": "#9AA3B0",
    "accent": "#2050C8", "accentHover": "#1A43AA", "accentPress": "#153789",
    "accentSoft": "#E6EDFC", "onAccent": "#FFFFFF",
    "ok": "#17703C", "okSoft": "#E1F3E8", "warn": "#8A5200", "warnSoft": "#FCEFD6",
    "bad": "#B3261E", "badSoft": "#FBE7E5", "onBad": "#FFFFFF",
    "local": "#5B43A6", "localSoft": "#EEEAFA",
    "neutral": "#444D5B", "neutralSoft": "#E9ECF0", "track": "#E3E7ED",
    "mapLand": "#EEF0EC", "mapWater": "#C9DDF0", "mapPark": "#D7E8D3",
    "mapRoad": "#FFFFFF", "mapRoadEdge": "#DADDE2", "scrim": "#14181F",
    "onScrim": "#FFFFFF",
}  # fmt: skip

DARK = {
    "canvas": "#14171C", "sidebar": "#0F1216", "card": "#1C2027", "sunken": "#14171C",
    "raised": "#272C35", "hover": "#242932", "line": "#2E3540", "lineStrong": "#727D8E",
    "text": "#ECEFF4", "text2": "#BAC2CE", "text3": "#98A2B1", "disabled": "#626C7A",
    "accent": "#8FB4FF", "accentHover": "#A9C5FF", "accentPress": "#C2D6FF",
    "accentSoft": "#202E4E", "onAccent": "#0B1A3A",
    "ok": "#63D193", "okSoft": "#17301F", "warn": "#F2B95C", "warnSoft": "#372A10",
    "bad": "#FF9287", "badSoft": "#401F1B", "onBad": "#2B0906",
    "local": "#BDABF5", "localSoft": "#2B2542",
    "neutral": "#BAC2CE", "neutralSoft": "#2A303A", "track": "#303742",
    "mapLand": "#1B2027", "mapWater": "#1D3148", "mapPark": "#1E2E25",
    "mapRoad": "#333B47", "mapRoadEdge": "#262C35", "scrim": "#000000",
    "onScrim": "#FFFFFF",
}  # fmt: skip

FAMILIES = (
    "Inter", "Segoe UI Variable Text", "Segoe UI", "SF Pro Text",
    "Noto Sans CJK SC", "Source Han Sans SC", "Microsoft YaHei UI", "PingFang SC",
)  # fmt: skip

REGULAR, SEMIBOLD = 400, 600

# Height of one line by font size: Han and Latin rows come out the same.
LINE = {12: 16, 13: 20, 14: 20, 15: 24, 20: 28, 24: 32, 28: 40, 32: 44}

BADGE_RADIUS, CONTROL_RADIUS, CARD_RADIUS, CHIP_RADIUS = 6, 8, 10, 16
CONTROL, FIELD_ACTION = 36, 44
SIDEBAR, RAIL, RAIL_BELOW = 224, 64, 1360
HEADER = FOOTER = 72
DRAWER_BELOW = 1248
