"""What a series will be: small streaming models, their errors as a band, and a policy.

Everything is causal: a prediction is scored once its target has arrived, and the band
around the next one is made of those errors alone.
"""
