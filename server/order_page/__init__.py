"""The page where a customer orders by himself (R1): by a token, without signing in.

``links`` makes addresses and opens them, ``basket`` is what he put together so far, ``counter`` what
he may buy at which prices, ``shop``, ``inside``, ``checkout`` and ``past`` are what he sees, each with
its ``..._html``, and ``acts`` is everything a button does. No script runs: every button sends the whole
form, which is kept before anything else happens, and the browser is sent on to look at the result.
"""
