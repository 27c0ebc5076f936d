"""Waiting for others takes nothing from a fetch's own time, and leaves nothing behind."""

import asyncio

from models.media.fetching.slots import Slots, Turns


def test_waiting_for_a_turn_does_not_count() -> None:
    async def test() -> None:
        turns = Turns(1)
        loop = asyncio.get_running_loop()

        async def first(taken: asyncio.Event) -> None:
            async with asyncio.timeout(60) as clock, turns.turn(clock):
                taken.set()
                await asyncio.sleep(0.2)  # a slow host, four times as long as the other's whole time

        taken = asyncio.Event()
        other = asyncio.create_task(first(taken))
        await taken.wait()
        async with asyncio.timeout(0.05) as clock:
            ends = clock.when()
            async with turns.turn(clock) as waited:
                assert waited > 0.05
                assert ends is not None
                assert clock.when() == ends + waited
                assert clock.when() > loop.time()
        await other

    asyncio.run(asyncio.wait_for(test(), 60))


def test_a_turn_and_a_place_come_back_when_a_fetch_fails_or_is_given_up() -> None:
    async def test() -> None:
        turns, slots = Turns(1), Slots(total=1, per_host=1)

        async def hold(entered: asyncio.Event) -> None:
            async with slots.of("a.test"), asyncio.timeout(60) as clock, turns.turn(clock):
                entered.set()
                await asyncio.Event().wait()

        for _ in range(3):
            entered, never = asyncio.Event(), asyncio.Event()
            holder, waiter = asyncio.create_task(hold(entered)), asyncio.create_task(hold(never))
            await entered.wait()
            waiter.cancel()
            holder.cancel()
            await asyncio.gather(holder, waiter, return_exceptions=True)
            assert not never.is_set()

    asyncio.run(asyncio.wait_for(test(), 60))


def test_a_host_that_is_full_leaves_places_to_others() -> None:
    async def test() -> None:
        slots = Slots(total=2, per_host=1)
        async with slots.of("slow.test"):
            waiters = [asyncio.create_task(enter(slots, "slow.test")) for _ in range(5)]
            await asyncio.gather(*(enter(slots, "other.test") for _ in range(5)))
            assert not any(waiter.done() for waiter in waiters)
        await asyncio.gather(*waiters)

    async def enter(slots: Slots, host: str) -> None:
        async with slots.of(host):
            await asyncio.sleep(0)

    asyncio.run(asyncio.wait_for(test(), 60))
