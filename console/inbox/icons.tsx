/** Icons of the console beside those of the chat page. All are decorative. */
import type { ReactNode } from 'react';

function Icon({ children }: { children: ReactNode }): ReactNode {
  return (
    <svg className="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      {children}
    </svg>
  );
}

export const BackIcon = (): ReactNode => (
  <Icon>
    <path d="M14.5 5.5 8 12l6.5 6.5" />
  </Icon>
);
export const PersonIcon = (): ReactNode => (
  <Icon>
    <circle cx="12" cy="8.5" r="3.75" />
    <path d="M4.75 19.5c1.2-3.4 4-5.1 7.25-5.1s6.05 1.7 7.25 5.1" />
  </Icon>
);
export const SettingsIcon = (): ReactNode => (
  <Icon>
    <path d="M4.5 7h9M17.5 7h2M4.5 17h2M10.5 17h9" />
    <circle cx="15.5" cy="7" r="2" />
    <circle cx="8.5" cy="17" r="2" />
  </Icon>
);
export const SearchIcon = (): ReactNode => (
  <Icon>
    <circle cx="10.75" cy="10.75" r="6" />
    <path d="m15.25 15.25 4.5 4.5" />
  </Icon>
);
export const NoteIcon = (): ReactNode => (
  <Icon>
    <path d="M6.2 4.5h11.6a1.7 1.7 0 0 1 1.7 1.7v8.3l-5 5H6.2a1.7 1.7 0 0 1-1.7-1.7V6.2a1.7 1.7 0 0 1 1.7-1.7ZM14.5 19.5v-5h5" />
  </Icon>
);
export const EyeIcon = (): ReactNode => (
  <Icon>
    <path d="M3.5 12s3-5.5 8.5-5.5 8.5 5.5 8.5 5.5-3 5.5-8.5 5.5S3.5 12 3.5 12Z" />
    <circle cx="12" cy="12" r="2.25" />
  </Icon>
);
export const AttachIcon = (): ReactNode => (
  <Icon>
    <path d="m19 11.5-7.2 7.2a4.6 4.6 0 0 1-6.5-6.5l7.6-7.6a3.1 3.1 0 0 1 4.4 4.4l-7.5 7.5a1.6 1.6 0 0 1-2.2-2.2l6.8-6.8" />
  </Icon>
);
export const CrossIcon = (): ReactNode => (
  <Icon>
    <path d="m7 7 10 10M17 7 7 17" />
  </Icon>
);
export const SavedIcon = (): ReactNode => (
  <Icon>
    <path d="M5 6.2c0-.9.8-1.7 1.7-1.7h10.6c.9 0 1.7.8 1.7 1.7v8.1c0 .9-.8 1.7-1.7 1.7H11l-4.5 3.5V16C5.6 16 5 15.2 5 14.3ZM8.5 8.5h7M8.5 12h4" />
  </Icon>
);
export const FilterIcon = (): ReactNode => (
  <Icon>
    <path d="M4.5 6.5h15M7.5 12h9M10.5 17.5h3" />
  </Icon>
);
export const AtIcon = (): ReactNode => (
  <Icon>
    <circle cx="12" cy="12" r="3.25" />
    <path d="M15.25 8.9v4.6a2.2 2.2 0 0 0 4.3.6A7.75 7.75 0 1 0 16 18.7" />
  </Icon>
);
export const CommandsIcon = (): ReactNode => (
  <Icon>
    <path d="M9 9h6v6H9Zm0 0H7a2 2 0 1 1 2-2Zm6 0V7a2 2 0 1 1 2 2Zm0 6h2a2 2 0 1 1-2 2Zm-6 0v2a2 2 0 1 1-2-2Z" />
  </Icon>
);
export const ReactIcon = (): ReactNode => (
  <Icon>
    <circle cx="12" cy="12" r="8" />
    <path d="M8.5 14.2c.8 1.3 2 2 3.5 2s2.7-.7 3.5-2M9.3 9.7v.2M14.7 9.7v.2" />
  </Icon>
);
export const AddIcon = (): ReactNode => (
  <Icon>
    <path d="M12 5.5v13M5.5 12h13" />
  </Icon>
);
