include numbers.fth
include life.fth

100 constant limit
variable total

: primes
  ." primes below " limit . ." :" cr
  limit 2 do i prime? if i 4 .r 1 total +! then loop cr
  total @ . ." in all" cr ;

: perfects ." perfect: " 500 2 do i perfect? if i . then loop cr ;

: triangle
  6 1 do
    6 i - spaces
    i 0 do ." * " loop cr
  loop ;

glider
12 0 do generation loop
show
triangle
." gcd of 1071 and 462: " 1071 462 gcd . cr
." two to the tenth: " 2 10 power . cr
perfects
primes
