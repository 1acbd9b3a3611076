"""Makes the pages of the documentation that the code itself can say: python -m docs.generate"""
