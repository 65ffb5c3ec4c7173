"""What the methods share that ask a multimodal language model: answers, training, generation (Tables 1 to 3)."""
