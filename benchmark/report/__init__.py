"""One self-contained HTML page of finished runs in the shape of a test report under ISO/IEC 30107-3, clause 14.

It asks nothing of any server, runs without a network, and shows the model's words without ever interpreting them.
"""
