"""Texture features and support vector machines that the classic methods share."""
