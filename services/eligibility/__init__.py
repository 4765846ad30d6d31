"""Who is covered by whom, and at which ratio (資格確認)."""
