/** Port for links that show one session to people without an account (src/share-links). */
export interface ShareLink {
  readonly id: string;
  readonly createdBy: string;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly sessionId: string;
  /** The last step that it shows. Null shows all, also later ones. */
  readonly seq: number | null;
  /** Shows personal data. */
  readonly personal: boolean;
}

export interface ShareLinks {
  /** The token is in the answer alone. */
  create(what: Omit<ShareLink, 'id' | 'createdAt'>): Promise<{ readonly link: ShareLink; readonly token: string }>;
  /** Those that have not expired, the newest first. */
  list(): Promise<readonly ShareLink[]>;
  /** False if there is none. */
  revoke(id: string): Promise<boolean>;
}
