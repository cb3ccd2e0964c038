/**
 * Writes a value as JSON text with tags, or refuses it naming the path. One walk that reads every property once and
 * appends to the text directly: a getter or proxy cannot show one value to the check and another to the writer, shared
 * references cannot blow up (the walk stops at the size cap), and `toJSON` is never called. Used by `Serializer` only.
 */

import { URL } from 'node:url';
import { types } from 'node:util';
import { describeObject } from './describe-value.js';
import { PayloadInvalidError, PayloadTooLargeError } from './payload.errors.js';
import { formatPath, type PathSegment } from './payload-path.js';
import { BYTE_KINDS, MAX_PAYLOAD_DEPTH, TAG_KEY, type Tag } from './payload-tags.js';
import { isError, readCode, readErrors, readField } from './plain-error.js';
import { cleanText, textFault } from './stored-text.js';

/** Text that JSON writes as it is: no control characters, quotes, backslashes; nor surrogates, whose partner must be looked at. */
const PLAIN = /^[ !#-[\]-\ud7ff\ue000-\uffff]*$/;
const LONGEST_PLAIN = 64;

/**
 * The JSON text of any value but a top-level `undefined`.
 * @param root what the payload is called in error paths
 * @throws PayloadInvalidError, PayloadTooLargeError; the size is checked in UTF-16 units, a lower bound of the bytes
 */
export function encodePayload(value: unknown, root: string, maxBytes: number): string {
  const encoder = new PayloadEncoder(root, maxBytes);
  try {
    encoder.write(value);
  } catch (error) {
    throw encoder.explain(error);
  }
  return encoder.text;
}

class PayloadEncoder {
  text = '';
  /** The objects being written, outermost first; `path[i]` is the step from `ancestors[i]` to what it is writing now. */
  private readonly ancestors: object[] = [];
  private readonly path: PathSegment[] = [];

  constructor(
    private readonly root: string,
    private readonly maxBytes: number,
  ) {}

  write(value: unknown): void {
    switch (typeof value) {
      case 'string':
        this.text += this.quoted(value);
        break;
      case 'number':
        if (!Number.isFinite(value)) this.refuse(String(value));
        this.text += value; // -0 becomes 0, as in JSON
        break;
      case 'boolean':
        this.text += value ? 'true' : 'false';
        break;
      case 'undefined':
        this.text += `{"${TAG_KEY}":["undefined"]}`;
        break;
      case 'bigint':
        this.writeBigint(value);
        break;
      case 'object':
        if (value === null) this.text += 'null';
        else this.writeObject(value);
        break;
      default:
        this.refuse(`a ${typeof value}`);
    }
    if (this.text.length > this.maxBytes) throw this.tooLarge(this.text.length);
  }

  /** Turns whatever was thrown into the error to show: user code (getters, proxies) may have thrown anything. */
  explain(error: unknown): unknown {
    if (error instanceof PayloadInvalidError || error instanceof PayloadTooLargeError) return error;
    return new PayloadInvalidError(this.where(), 'something that throws when it is read', { cause: error });
  }

  private writeObject(value: object): void {
    if (Array.isArray(value)) {
      this.writeArray(value);
      return;
    }
    const proto: object | null = Object.getPrototypeOf(value);
    if (proto === Object.prototype || proto === null || isRootPrototype(proto)) this.writePlainObject(value);
    else this.writeInstance(value, proto);
  }

  private writePlainObject(value: object): void {
    this.refuseSymbolKeys(value);
    const record = value as Record<string, unknown>;
    const keys = Object.keys(record);
    const wrapped = keys.includes(TAG_KEY);
    const level = this.enter(value);
    this.text += wrapped ? `{"${TAG_KEY}":["object",{` : '{';
    let separator = '';
    for (const key of keys) {
      this.path[level] = key;
      if (key === '__proto__') this.refuse('a key named "__proto__"');
      this.text += `${separator}${this.quoted(key, ' in a key')}:`;
      this.write(record[key]);
      separator = ',';
    }
    this.text += wrapped ? '}]}' : '}';
    this.leave();
  }

  private writeArray(value: readonly unknown[]): void {
    const proto: unknown = Object.getPrototypeOf(value);
    if (proto !== Array.prototype && !(Array.isArray(proto) && isRootPrototype(Object.getPrototypeOf(proto)))) {
      this.refuse('an instance of a subclass of Array');
    }
    if (value.length * 2 > this.maxBytes) throw this.tooLarge(value.length * 2 + 1); // before its keys are listed
    this.refuseSymbolKeys(value);
    if (Object.keys(value).length > value.length) this.refuse('an array with keys besides its indexes');
    const level = this.enter(value);
    this.text += '[';
    for (let index = 0; index < value.length; index++) {
      this.path[level] = index;
      const item = value[index];
      // With as many keys as indexes, a key that is no index shows as a hole.
      if (item === undefined && !Object.hasOwn(value, index)) this.refuse('a hole in a sparse array');
      if (index > 0) this.text += ',';
      this.write(item);
    }
    this.text += ']';
    this.leave();
  }

  /** Everything with a class: by internal slots where there are any, since `instanceof` fails across realms. */
  private writeInstance(value: object, proto: object): void {
    if (types.isDate(value)) {
      const ms = Date.prototype.getTime.call(value);
      if (Number.isNaN(ms)) this.refuse('an invalid Date');
      this.writeTag('date', new Date(ms).toISOString());
    } else if (types.isMap(value) && isBaseClass(proto)) this.writeMap(value);
    else if (types.isSet(value) && isBaseClass(proto)) this.writeSet(value);
    else if (types.isArrayBufferView(value)) this.writeBytes(value, viewKind(value));
    else if (types.isArrayBuffer(value)) this.writeBytes(new Uint8Array(value), 'ArrayBuffer');
    else if (isError(value)) this.writeError(value);
    else if (value instanceof URL) this.writeTag('url', value.href);
    else if (types.isPromise(value)) this.refuse('a Promise (is an await missing?)');
    else this.refuse(describeObject(value));
  }

  private writeMap(value: Map<unknown, unknown>): void {
    const level = this.enter(value);
    let index = 0;
    this.openTag('map', '[');
    Map.prototype.forEach.call(value, (item: unknown, key: unknown) => {
      this.path[level] = { text: `.keys()[${index}]` };
      this.text += index > 0 ? ',[' : '[';
      this.write(key);
      this.path[level] = { text: `.values()[${index}]` };
      this.text += ',';
      this.write(item);
      this.text += ']';
      index++;
    });
    this.text += ']]}';
    this.leave();
  }

  private writeSet(value: Set<unknown>): void {
    const level = this.enter(value);
    let index = 0;
    this.openTag('set', '[');
    Set.prototype.forEach.call(value, (item: unknown) => {
      this.path[level] = { text: `.values()[${index}]` };
      if (index > 0) this.text += ',';
      this.write(item);
      index++;
    });
    this.text += ']]}';
    this.leave();
  }

  private writeBytes(view: ArrayBufferView, kind: string): void {
    if (!BYTE_KINDS.has(kind)) this.refuse(`a ${kind}`);
    if (view.byteLength > this.maxBytes) throw this.tooLarge(view.byteLength);
    this.openTag('bytes', `"${kind}","`);
    this.text += `${Buffer.from(view.buffer, view.byteOffset, view.byteLength).toString('base64')}"]}`;
  }

  private writeBigint(value: bigint): void {
    // Decimal for people; hexadecimal where decimal would take seconds (its cost is not linear).
    const isShort = BigInt.asIntN(1024, value) === value;
    const sign = value < 0n ? '-' : '';
    this.writeTag('bigint', isShort ? value.toString() : `${sign}0x${(value < 0n ? -value : value).toString(16)}`);
  }

  /** Only the fields every error has, texts cleaned: nobody chooses the bytes in a driver's message. */
  private writeError(error: Error): void {
    const level = this.enter(error);
    const [name, message, stack] = [readField(error, 'name'), readField(error, 'message'), readField(error, 'stack')];
    this.openTag('error', `{"name":${this.cleaned(name, 'Error')},"message":${this.cleaned(message, '')}`);
    if (typeof stack === 'string') this.text += `,"stack":${this.cleaned(stack, '')}`;
    const code = readCode(error);
    if (code !== undefined) this.text += `,"code":${typeof code === 'string' ? this.cleaned(code, '') : code}`;
    const fields = { cause: readField(error, 'cause'), errors: readErrors(error) };
    for (const [key, field] of Object.entries(fields)) {
      if (field === undefined) continue;
      this.path[level] = key;
      this.text += `,"${key}":`;
      this.write(field);
    }
    this.text += '}]}';
    this.leave();
  }

  private writeTag(tag: Tag, content: string): void {
    this.openTag(tag, `${this.quoted(content)}]}`);
  }

  private openTag(tag: Tag, rest: string): void {
    this.text += `{"${TAG_KEY}":["${tag}",${rest}`;
  }

  private quoted(text: string, place = ''): string {
    if (text.length <= LONGEST_PLAIN && PLAIN.test(text)) return `"${text}"`;
    if (text.length > this.maxBytes) throw this.tooLarge(text.length);
    const fault = textFault(text);
    if (fault !== undefined) this.refuse(`text with ${fault}${place}`);
    return JSON.stringify(text);
  }

  private cleaned(text: unknown, otherwise: string): string {
    const found = typeof text === 'string' ? text : otherwise;
    return this.quoted(found.length > this.maxBytes ? found : cleanText(found)); // too long: refused by quoted
  }

  private enter(value: object): number {
    const level = this.ancestors.length;
    const at = this.ancestors.indexOf(value);
    if (at !== -1) this.refuse(`a circular reference to ${formatPath(this.root, this.path.slice(0, at))}`);
    if (level >= MAX_PAYLOAD_DEPTH) this.refuse(`nested deeper than ${MAX_PAYLOAD_DEPTH} levels`);
    this.ancestors.push(value);
    return level;
  }

  private leave(): void {
    this.ancestors.pop();
  }

  private refuseSymbolKeys(value: object): void {
    const symbols = Object.getOwnPropertySymbols(value);
    if (symbols.length === 0) return;
    if (symbols.some((symbol) => Object.prototype.propertyIsEnumerable.call(value, symbol)))
      this.refuse('an object with symbol keys');
  }

  private refuse(found: string): never {
    throw new PayloadInvalidError(this.where(), found);
  }

  private tooLarge(size: number): PayloadTooLargeError {
    return new PayloadTooLargeError(this.root, size, this.maxBytes, false);
  }

  private where(): string {
    return formatPath(this.root, this.path.slice(0, this.ancestors.length));
  }
}

/** `Object.prototype` of any realm; an ordinary class that extends null has no `isPrototypeOf` of its own. */
function isRootPrototype(proto: object | null): boolean {
  return (
    proto !== null &&
    (proto === Object.prototype || (Object.getPrototypeOf(proto) === null && Object.hasOwn(proto, 'isPrototypeOf')))
  );
}

/** True for the prototype of a built-in class itself, false for that of a subclass, which would lose its class. */
function isBaseClass(proto: object): boolean {
  return isRootPrototype(Object.getPrototypeOf(proto));
}

/** The kind by the internal slot: `Uint8Array` for a Buffer, whatever its class says. */
function viewKind(view: ArrayBufferView): string {
  const typedArray: object = Object.getPrototypeOf(Uint8Array.prototype);
  const tag: unknown = Object.getOwnPropertyDescriptor(typedArray, Symbol.toStringTag)?.get?.call(view);
  return typeof tag === 'string' ? tag : 'DataView';
}
