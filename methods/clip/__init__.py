"""What FLIP and FoundPAD share: CLIP's two towers, their weights, training and scoring.

Nothing here imports torch before it is needed, so that listing the methods stays fast.
"""
