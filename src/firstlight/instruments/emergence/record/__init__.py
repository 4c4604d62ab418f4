"""The record: how often earlier forecasts came true, beside the simple rules."""
