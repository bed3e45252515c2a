"""Prices for the office: the rules as they are and as the next set will say them.

``page`` is the section, ``book_page`` the prices of one book, ``form`` and ``parts_form`` write one
rule, ``publishing`` checks and publishes the draft, ``workbook`` reads and writes all of it as a
sheet for each noun, ``sentences`` says a promotion in plain words, ``price_list`` is the PDF.
"""
