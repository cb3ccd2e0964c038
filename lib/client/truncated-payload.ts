/** Stands where a payload is larger than was asked for. `RunReader.readPayload` gives it. */
export class TruncatedPayload {
  readonly truncated = true;

  constructor(
    /** Of its JSON text. */
    readonly bytes: number,
  ) {}
}
