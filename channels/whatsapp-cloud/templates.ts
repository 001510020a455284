/**
 * Templates of the business account. Owns which of them can be sent with a text for each place of
 * the body, and how that is written.
 */
import * as z from 'zod';
import { Unavailable } from '#machines/errors.ts';
import type { TemplateUse } from '#machines/session/events.ts';
import type { MessageTemplate } from '../port.ts';
import type { Graph } from './graph.ts';

/** Pages of 100 that are read. An account may have 6,000 templates. */
const MAX_PAGES = 60;

const component = z.object({
  type: z.string(),
  format: z.string().optional(),
  text: z.string().optional(),
  buttons: z.array(z.object({ type: z.string(), url: z.string().optional() })).optional(),
});

const page = z.object({
  data: z.array(z.unknown()),
  paging: z.object({ cursors: z.object({ after: z.string().optional() }).optional(), next: z.string().optional() }).optional(),
});

const approved = z.object({
  name: z.string().min(1).max(512),
  language: z.string().min(2).max(35),
  status: z.literal('APPROVED'),
  category: z.enum(['MARKETING', 'UTILITY', 'AUTHENTICATION']).transform((category) => CATEGORIES[category]),
  parameter_format: z.string().optional(),
  components: z.array(component),
});

const CATEGORIES = { MARKETING: 'marketing', UTILITY: 'utility', AUTHENTICATION: 'authentication' } as const;

/** @param businessAccount undefined if it is not configured, so that no template can be read. */
export async function readTemplates(graph: Graph, businessAccount: string | undefined): Promise<readonly MessageTemplate[]> {
  if (businessAccount === undefined)
    throw new Unavailable('set WHATSAPP_CLOUD_BUSINESS_ACCOUNT_ID, so that the templates of the account can be read');
  const found: MessageTemplate[] = [];
  let after: string | undefined;
  for (let pages = 0; pages < MAX_PAGES; pages++) {
    const query = {
      fields: 'name,language,status,category,parameter_format,components',
      status: 'APPROVED',
      limit: '100',
      ...(after === undefined ? {} : { after }),
    };
    const { data, paging } = await graph.call({ method: 'GET', path: `${businessAccount}/message_templates`, query, shape: page });
    found.push(...data.flatMap(templateOf));
    after = paging?.next === undefined ? undefined : paging.cursors?.after;
    if (after === undefined) break;
  }
  return found.toSorted((a, b) => a.name.localeCompare(b.name) || a.language.localeCompare(b.language));
}

/**
 * A template whose places are all in its body and are numbered. Others need a picture, a code or a
 * link that a text cannot give.
 */
function templateOf(raw: unknown): MessageTemplate[] {
  const { data } = approved.safeParse(raw);
  if (data === undefined || data.parameter_format === 'NAMED' || data.category === 'authentication') return [];
  const body = data.components.find(({ type }) => type === 'BODY')?.text;
  if (body === undefined || !data.components.every(needsNothing)) return [];
  const places = new Set([...body.matchAll(/\{\{(\d{1,2})\}\}/g)].map(([, place]) => Number(place)));
  const { name, language, category } = data;
  return [{ name, language, category, body, parameters: Math.max(0, ...places) }];
}

function needsNothing({ type, format, text = '', buttons = [] }: z.infer<typeof component>): boolean {
  if (type === 'HEADER') return (format === undefined || format === 'TEXT') && !text.includes('{{');
  if (type === 'BUTTONS')
    return buttons.every((button) => ['QUICK_REPLY', 'PHONE_NUMBER', 'URL'].includes(button.type) && !button.url?.includes('{{'));
  return type === 'BODY' || type === 'FOOTER';
}

/** WhatsApp refuses parameters with line breaks, tabs or many spaces (132018). */
export function templateBody({ name, language, parameters, components: given }: TemplateUse): object {
  const texts = parameters.map((text) => ({ type: 'text', text: text.replace(/\s+/g, ' ').trim() }));
  const components = given ?? (texts.length === 0 ? [] : [{ type: 'body', parameters: texts }]);
  return { type: 'template', template: { name, language: { code: language }, ...(components.length === 0 ? {} : { components }) } };
}
