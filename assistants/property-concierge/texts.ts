/** The concierge's own words for notices of its sessions. */
import type { PolicySettings } from '../index.ts';

export const TEXTS: NonNullable<PolicySettings['texts']> = {
  en: {
    welcome: 'Hello, I am the property concierge. Which area are you looking in, and what is your budget? /agent brings a colleague.',
    help: 'Tell me the area, the budget and the bedrooms in your own words, such as “2BR in New Cairo, up to 3.5M”. /reset clears the conversation, /agent brings a colleague.',
  },
  ar: {
    welcome: 'أهلًا بك، أنا مساعدك العقاري. ما المنطقة التي تبحث فيها، وما ميزانيتك؟ اكتب ‎/agent لأحضر لك زميلًا.',
    help: 'اكتب المنطقة والميزانية وعدد الغرف كما تشاء، مثل «شقة غرفتين في التجمع حتى ٣ مليون ونص». ‎/reset لمسح المحادثة، و‎/agent لأحضر لك زميلًا.',
  },
};
