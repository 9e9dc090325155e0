\ Whole numbers and what they are made of.

: square ( n -- n*n ) dup * ;
: divides? ( n d -- flag ) mod 0= ;

: prime? ( n -- flag )
  dup 2 < if
    drop 0
  else
    2                                   ( n d )
    begin
      2dup square < 0=                  ( n d small-enough )
      if 2dup divides? 0= else 0 then
    while
      1 +
    repeat
    square <
  then ;

: gcd ( a b -- gcd )
  begin dup while swap over mod repeat drop ;

\ Of all divisors but the number itself.
: divisor-sum ( n -- sum )
  0 over 1 do over i divides? if i + then loop swap drop ;

: perfect? ( n -- flag ) dup divisor-sum = ;

: power ( base exponent -- n ) 1 swap 0 do over * loop swap drop ;
