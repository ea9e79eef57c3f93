module holdfast.dev/proof

go 1.26
