"""What is true of the sample company: staff, customers, demand, opportunities and everything that is done to them.

Numbers and instants only, in frames; how the systems write them is in `records`.
"""
