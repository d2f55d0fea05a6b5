"""The sample company as its systems hold it: the versions of every record of every object, with typed columns.

One module or more per source; which versions an extract takes and how files look is in `export`.
"""
