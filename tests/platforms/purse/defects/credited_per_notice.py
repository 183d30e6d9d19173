"""Credits a top-up for each notification that comes, whatever was credited already."""
