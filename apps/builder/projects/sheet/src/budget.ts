// The sheet that is shown when no file is given.
export const BUDGET = `
# item, price, pieces, total
A1: item
B1: price
C1: pieces
D1: total
A2: oak boards
B2: 18.50
C2: 12
D2: =B2*C2
A3: glue
B3: 6.90
C3: 2
D3: =B3*C3
A4: chisels
B4: 24
C4: =COUNT(C2:C3)+1
D4: =B4*C4
A5: sum
C5: =SUM(C2:C4)
D5: =SUM(D2:D4)
A6: discount
D6: =IF(D5>300, -ROUND(D5*0.05, 2), 0)
A7: check
D7: =2^3^2-(1+1)*256 & "/" & MAX(B2:B4)
A8: loop
D8: =D8+1
A9: to pay
D9: =D5+D6
`;
