// The settings of retention for this process: what its code declares is stored before they are read or changed for the first time.
import type { DoneBy } from '../../model/audit.js';
import type { RetentionChange, RetentionSettings } from '../../model/retention.js';
import type { RetentionConfigStore, StoredRetention } from '../../store/retention/retention-config.store.js';

export class RetentionConfig {
  #declaring?: Promise<unknown>;

  constructor(
    private readonly store: RetentionConfigStore,
    /** Undefined: code says nothing. */
    private readonly declared: RetentionSettings | undefined,
  ) {}

  /** @throws the database's error */
  async find(): Promise<StoredRetention> {
    await this.#declare();
    return this.store.find();
  }

  /** Writes audit_log. @throws the database's error */
  async change(change: RetentionChange, by: DoneBy): Promise<void> {
    await this.#declare();
    await this.store.change(change, by);
  }

  async #declare(): Promise<void> {
    const { declared } = this;
    if (declared === undefined) return;
    this.#declaring ??= this.store.declare(declared);
    try {
      await this.#declaring;
    } catch (error) {
      this.#declaring = undefined;
      throw error;
    }
  }
}
