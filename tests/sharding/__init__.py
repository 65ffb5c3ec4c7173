"""Two processes on a CPU that share one run as two GPUs would: FSDP2 and ZeRO-3 over gloo."""
