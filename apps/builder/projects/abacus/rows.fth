\ Sixteen cells of memory: the rows of this generation, and of the next.
variable now-0 variable now-1 variable now-2 variable now-3 variable now-4 variable now-5 variable now-6 variable now-7
variable next-0 variable next-1 variable next-2 variable next-3 variable next-4 variable next-5 variable next-6 variable next-7
: now ( y -- address ) now-0 + ;
: next ( y -- address ) next-0 + ;
