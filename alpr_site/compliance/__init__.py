"""The page that says, clause by clause, what stands behind the orders."""
