"""The demo world's policy: a tiny Qwen2.5-VL of the very same classes as the 7B checkpoint, made here."""
