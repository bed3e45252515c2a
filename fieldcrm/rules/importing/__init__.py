"""Lists of stores from elsewhere: which column is what, what each cell means, what is wrong.

``columns`` guesses the mapping from headers and samples, ``values`` reads single cells,
``lines`` turns a line into an account or says why it cannot.
"""
