"""Networks as torch modules. Nothing here is imported until a method is fitted or loaded."""
