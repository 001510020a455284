import { describe, expect, it } from 'vitest';
import { asksForPerson } from '#assistants/asks-for-person.ts';

describe('asking for a person', () => {
  it.each([
    'I would like to talk to a person',
    'Can I speak to a human please?',
    'connect me with an agent',
    'I want a real person!',
    'أريد التحدث مع موظف',
    'ممكن اكلم خدمة العملاء؟',
    'عايز اكلم حد',
    'عايزة أتكلم مع المدير لو سمحت',
    'let me speak to your manager',
    'I need to talk to someone',
  ])('is heard in "%s"', (text) => expect(asksForPerson(text)).toBe(true));

  it.each([
    'I am a person who likes music',
    'What does a travel agent do?',
    'My estate agent told me to wait',
    'Tell me about human rights',
    'I talked about someone I know',
    'كلمت حد من اصحابي عن الشقة',
    'الموظف الجديد في شركتي لطيف',
  ])('is not read into "%s"', (text) => expect(asksForPerson(text)).toBe(false));
});
