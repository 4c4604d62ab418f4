"""Where Results lie: folders of JSON and Parquet, and the one engine that reads them."""
