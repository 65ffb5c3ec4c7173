"""Pictures and videos to frames, frames to faces."""
