"""The map: a Web Mercator canvas of our own, with tiles only where the user brought some.

No land, border or road data is shipped. Everything the canvas shows stands in a list too.
"""
