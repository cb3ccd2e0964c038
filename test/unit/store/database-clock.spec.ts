import { DatabaseClock } from '../../../lib/store/database-clock.js';
import { ManualClock } from '../manual-clock.js';

describe('the clock of the database, as known here', () => {
  const far = 3_600_000;

  it('is not the wall clock of this machine, which may be an hour ahead', () => {
    const clock = new ManualClock();
    const database = new DatabaseClock(clock);
    database.observe(clock.now() - far);
    clock.advance(500);
    expect(database.now()).toBe(clock.now() - far);
  });

  it('is as late as the fastest answer was under way: a slow one does not set it back', () => {
    const clock = new ManualClock();
    const database = new DatabaseClock(clock);
    database.observe(clock.now() - 3);
    database.observe(clock.now() - 400);
    expect(database.now()).toBe(clock.now() - 3);
    database.observe(clock.now() - 1);
    expect(database.now()).toBe(clock.now() - 1);
  });

  it('follows when the database is set back: ahead of it, timers would be early', () => {
    const clock = new ManualClock();
    const database = new DatabaseClock(clock);
    database.observe(clock.now());
    database.observe(clock.now() - far);
    expect(database.now()).toBe(clock.now() - far);
  });
});
