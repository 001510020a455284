/** What the session machine keeps of a customer, as the search reads it. */
import * as z from 'zod';
import { machineIn } from '#actors/session/stored-machine.ts';
import type { SessionRow } from '#storage/port.ts';

/** Other machines may keep none of it. */
const context = z.object({
  customer: z.object({ name: z.string().optional(), handle: z.string().optional(), phone: z.string().optional() }).catch({}),
});

export type ProfileField = 'name' | 'handle' | 'phone' | 'address' | 'tag';

/** A part of a phone number shorter than this finds too many. */
const SHORTEST_ENDING = 3;

/** Where a customer may be found, in the order in which it is shown. */
export function profileFields(row: SessionRow): { readonly field: ProfileField; readonly text: string }[] {
  const { name, handle, phone } = customerOf(row);
  const known = { name, handle, phone, address: row.address };
  const fields = (['name', 'handle', 'phone', 'address'] as const).flatMap((field) => {
    const text = known[field];
    return text === undefined ? [] : [{ field, text }];
  });
  return [...fields, ...row.tags.map((text) => ({ field: 'tag' as const, text }))];
}

/** The text of a field as it is searched. A phone number is found by any part of it. */
export function searchedText({ field, text }: { readonly field: ProfileField; readonly text: string }): string {
  return field === 'phone' ? [text, ...endings(text.replaceAll(/\D/g, ''))].join(' ') : text;
}

export function profileOf(row: SessionRow): string {
  return profileFields(row).map(searchedText).join('\n');
}

/** How the customer is called. Null if nothing is known but the address. */
export function customerName(row: SessionRow): string | null {
  const { name, handle, phone } = customerOf(row);
  return name ?? handle ?? phone ?? null;
}

function customerOf(row: SessionRow): z.output<typeof context>['customer'] {
  return context.safeParse(machineIn(row)?.context).data?.customer ?? {};
}

function endings(digits: string): string[] {
  return Array.from({ length: Math.max(0, digits.length - SHORTEST_ENDING + 1) }, (_, start) => digits.slice(start));
}
