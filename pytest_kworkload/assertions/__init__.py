"""The public assert_* helpers: act, settle, check, raise."""
