"""Published text → canonical value, or Unreadable. Pure; nothing here guesses."""
