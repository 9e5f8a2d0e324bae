"""The two lists of a published transparency page (Elk Grove PD), as they stand there, defects included."""

HAS_ACCESS = """
Oakley CA PD
Dixon CA PD
Vallejo CA PD
Walnut Creek CA PD
Suisun City PD - CA
San Mateo CA PD
Ontario CA PD
Benicia CA PD
Vacaville CA PD
Sacramento SO - CA
Livermore CA PD
Rio Vista CA PD
Citrus Heights PD- CA
Tracy CA PD
Novato CA PD
Napa County CA SO
Fairfield CA PD
Solano County CA SO
West Sacramento CA PD
Galt CA PD
Woodland CA PD
Yolo County CA SO
Manteca CA PD
Hayward CA PD
Sacramento PD - CA
Lathrop CA PD
Concord CA PD
Auburn CA PD
Solano County DA CA
Gilroy CA PD
San Joaquin County CA SO
Danville CA PD
Rocklin CA PD
Riverside County CA District Attorney
Anderson CA PD
"""

SHARES = """
Danville CA PD
Roseville CA PD
San Mateo CA PD
Hercules CA PD
Piedmont CA PD
Vacaville CA PD
Livermore CA PD
CheZimme Estates HOA
Rio Vista CA PD
San Ramon CA PD
Fairfield CA PD
Benicia CA PD
Dixon CA PD
Millbrae CA
PD, Eskanos Family LP (CA)
Elk Grove Auto Mall (CA)
Anderson City CA PD
San Mateo County CA SO
Alhambra CA PD
Stones Gambling Hall (CA)
Ventura CA PD
South Bend IN PD
Oakley CA PD
Woodland CA PD
Galt CA PD
Novato CA PD
Orange Beach AL PD
Suisun City PD- CA
Ontario CA PD
Seal Beach CA PD
Pleasanton CA PD
Napa County CA SO (Flex)
San Joaquin County CA SO
Auburn CA PD
Vallejo CA PD (Flex)
Vallejo CA PD
Grass Valley PD -CA
San Bruno CA PD
Orange County FL SO
Yuba County CA SO
Hayward CA PD
Tracy CA PD
"""
