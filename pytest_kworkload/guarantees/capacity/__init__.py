"""Lost capacity: how long, why, and which field would have kept it. Shared by the checks that count available pods."""
