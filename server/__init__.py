"""The companion server: hosts the whole record and decides who sees and writes what."""
