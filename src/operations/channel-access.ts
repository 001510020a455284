/** Port for what operators see of channels. Operations know no provider. */
import type { Address } from '#machines/ids.ts';

export interface QrCode {
  /** Modules of a side, with the quiet zone around. */
  readonly size: number;
  /** Path of SVG over a square of that size. It fills the dark modules. */
  readonly path: string;
  /** What the code says, for a terminal to draw. */
  readonly text: string;
}

export interface ChannelStatus {
  readonly name: string;
  readonly title: string;
  /**
   * `off` is not configured, `starting` and `pairing` are on the way, and `failed` has a `problem`.
   */
  readonly state: 'off' | 'starting' | 'pairing' | 'connected' | 'failed';
  /** What is wrong and how to fix it, as `statechat doctor` says it. For `off`, what to set. */
  readonly problem: string | null;
  /** The same for programs. Null for `off`, and for a plugin's sentence. */
  readonly problemKind: { readonly code: string; readonly params: Readonly<Record<string, string>> } | null;
  /** When it was found out, in milliseconds since the epoch. Null if nothing was asked. */
  readonly checkedAt: number | null;
  /** For a device to scan. */
  readonly qr: QrCode | null;
  /** For a person to enter on the device. */
  readonly pairingCode: string | null;
  /** Where the provider is to deliver, to copy into its settings. */
  readonly webhookUrl: string | null;
  /** Settings without which it is off. */
  readonly needs: readonly { readonly name: string; readonly about: string }[];
  /** When the newest conversation on it began. Null if there is none. */
  readonly newestAt: number | null;
  /** Addresses of the newest conversations on it, at most five. */
  readonly recent: readonly Address[];
  /** Whether a message can be sent to an address of it. */
  readonly sends: boolean;
}

export interface ChannelAccess {
  /** All channels of the program, in order. `fresh` asks each provider now. */
  list(options: { readonly fresh: boolean }): Promise<readonly ChannelStatus[]>;
  /**
   * Sends a text outside any session. Resolves to the provider's id of it. Rejects with `Refused`,
   * `RateLimited` or `Unavailable`.
   */
  send(address: Address, text: string): Promise<string>;
}
