/* The dialing protocol (docs/architecture.md, "Dialing") as a model that spin searches through to the end: one contact,
   at most MAXA attempts, two instances that may both believe they lead the campaign, one line. A process may be killed
   at any step (MAXC times), the lease may change hands at any step (MAXE times), an answer may be lost before or after
   the line has accepted the call.

   What it asserts: no attempt has two calls, no two calls are live at once, no contact has more attempts than allowed.

     spin -a -DMAXE=4 -DMAXC=2 -DMAXP=4 dial.pml && cc -O1 -DSAFETY -o pan pan.c && ./pan -m500000 -E

   Mutants, each of which must be found:
     RETRY_ON_RESET   sends again after an answer that proves nothing
     REQUEUE_SENDING  puts an attempt that was left SENDING back to INTENT, as job queues rescue a dead worker's job
     NO_BOUND         settles an attempt as not placed while its request may still be on its way
     NO_CAS           arms an attempt whatever its row's state is
   And what the protocol does not rest on:
     EPOCH_AT_ARM     the campaign's lease is checked once more when the attempt is armed (the code does not: the row's
                      compare-and-set is the fence, the lease only paces)
     MERGED           INTENT and SENDING in one commit: as safe, but each crash leaves an unknown attempt behind */
#define MAXA 2
#ifndef MAXP
#define MAXP 3  /* requests */
#endif
#ifndef MAXE
#define MAXE 4  /* changes of the lease */
#endif
#ifndef MAXC
#define MAXC 1  /* kills */
#endif
#ifdef EPOCH_AT_ARM
#define LEADS (epoch == my)
#else
#define LEADS true
#endif
#ifdef NO_CAS
#define ARMABLE (st == INTENT || st == SENDING)
#else
#define ARMABLE (st == INTENT)
#endif
#ifdef NO_BOUND
#define SETTLED true
#else
#define SETTLED (posts == 0)  /* OTTO_UNKNOWN_SETTLE_SECONDS is far beyond the request's deadline */
#endif

mtype = { NONE, INTENT, SENDING, ACCEPTED, UNKNOWN, NOTPLACED, REFUSED, ENDED };
mtype = { R_OK, R_RESET, R_429, R_4XX };

/* the rows */
mtype st = NONE;   /* of the latest attempt; NONE: there is none, the contact is due */
byte att = 0;      /* attempts used */
byte epoch = 0;    /* of the lease */

/* the world */
byte calls[3];     /* calls that the line has placed, per attempt */
byte live = 0;     /* of them, not ended */
byte posts = 0;    /* requests that may still reach the line */
byte kills = 0;
byte requests = 0;
chan net = [2] of { byte, byte, byte };   /* attempt, instance, request */
chan rsp[2] = [2] of { byte, mtype };     /* request, answer */

inline check() { assert(calls[1] <= 1); assert(calls[2] <= 1); assert(live <= 1); assert(att <= MAXA) }

proctype Instance(byte id) {
  byte my = 0;      /* the epoch under which it believes it leads; 0: a new process */
  byte a = 0;       /* the attempt that it sends */
  byte k = 0;       /* its request */
  byte rk;
  mtype r;
 loop:
  do
  :: atomic { epoch < MAXE -> epoch++; my = epoch }  /* the other may still think that it holds it */
  /* CLAIM, whose transaction checks the lease */
#ifdef MERGED
  :: atomic { my > 0 && epoch == my && att < MAXA && (st == NONE || st == ENDED || st == NOTPLACED) ->
              att++; st = SENDING; a = att; posts++ } goto sending
#else
  :: atomic { my > 0 && epoch == my && att < MAXA && (st == NONE || st == ENDED || st == NOTPLACED) ->
              att++; st = INTENT }
#endif
  /* ARM; by whoever holds the claim, so by either */
  :: atomic { my > 0 && ARMABLE && LEADS -> st = SENDING; a = att; posts++ } goto sending
  /* a stop, a dead agent, an owner that is gone for a minute, or another instance that leads now, whether the owner is
     dead or only slow: an attempt that was not sent is dropped */
  :: atomic { my > 0 && st == INTENT -> att--; st = (att == 0 -> NONE : ENDED) }
  /* the reconciler: nobody has reported how the request ended, whether its sender lives or not */
#ifdef REQUEUE_SENDING
  :: atomic { my > 0 && st == SENDING -> st = INTENT }
#else
  :: atomic { my > 0 && st == SENDING -> st = UNKNOWN }
#endif
  :: atomic { my > 0 && st == UNKNOWN && calls[att] > 0 -> st = ACCEPTED }               /* found in the line's list */
  :: atomic { my > 0 && st == UNKNOWN && calls[att] == 0 && SETTLED -> st = NOTPLACED }
  :: atomic { st == REFUSED || (att == MAXA && (st == ENDED || st == NOTPLACED)) || kills > MAXC -> goto done }
  od;
 sending:
  if
  :: atomic { kills < MAXC -> kills++; posts-- } -> goto dead     /* before the first byte */
  :: skip
  fi;
  atomic { requests < MAXP -> requests++; k = requests; net!a,id,k };
 again:
  if
  :: atomic { kills < MAXC -> kills++ } -> goto dead              /* while the request is on its way */
  :: rsp[id]?rk,r;
     if
     :: rk != k -> goto again
     :: rk == k && r == R_OK ->
          atomic { if :: (st == SENDING || st == UNKNOWN) && att == a -> st = ACCEPTED :: else -> skip fi }
     :: rk == k && r == R_429 ->
          atomic { if :: st == SENDING && att == a -> st = INTENT :: else -> skip fi }
     :: rk == k && r == R_4XX ->
          atomic { if :: (st == SENDING || st == UNKNOWN) && att == a -> st = REFUSED :: else -> skip fi }
     :: rk == k && r == R_RESET ->
#ifdef RETRY_ON_RESET
          atomic { if :: st == SENDING && att == a -> st = INTENT :: else -> skip fi }
#else
          atomic { if :: st == SENDING && att == a -> st = UNKNOWN :: else -> skip fi }
#endif
     fi
  fi;
  goto loop;
 dead: my = 0; a = 0; k = 0; goto loop;  /* and started again */
 done: skip
}

proctype Line() {
  byte a, who, q;
end: do
  :: net?a,who,q ->
     if
     :: atomic { calls[a]++; live++; posts--; check() }
        if :: nfull(rsp[who]) -> rsp[who]!q,R_OK :: nfull(rsp[who]) -> rsp[who]!q,R_RESET :: full(rsp[who]) -> skip fi
     :: atomic { posts-- }
        if :: nfull(rsp[who]) -> rsp[who]!q,R_429 :: nfull(rsp[who]) -> rsp[who]!q,R_4XX
           :: nfull(rsp[who]) -> rsp[who]!q,R_RESET :: full(rsp[who]) -> skip fi
     fi
  :: atomic { live > 0 && st == ACCEPTED -> live--; st = ENDED }                       /* by callback or by looking */
  :: atomic { calls[att] > 0 && (st == SENDING || st == UNKNOWN) -> st = ACCEPTED }    /* a callback overtakes the answer */
  od
}

init { atomic { run Instance(0); run Instance(1); run Line() } }
