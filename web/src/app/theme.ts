import { type BrandVariants, createDarkTheme, createLightTheme, teamsHighContrastTheme, type Theme } from "@fluentui/react-components";
import { useEffect, useSyncExternalStore } from "react";

const brand: BrandVariants = {
  10: "#021113", 20: "#06232a", 30: "#06343c", 40: "#07424b", 50: "#08505a", 60: "#0a5d68", 70: "#0b6a75", 80: "#0e7883",
  90: "#258791", 100: "#3d969f", 110: "#55a5ad", 120: "#6db4bb", 130: "#86c3c9", 140: "#9fd2d6", 150: "#bae1e4", 160: "#d6f0f1",
};

const fonts = {
  fontFamilyBase: "'Inter Variable', 'Segoe UI', system-ui, sans-serif",
  fontFamilyMonospace: "ui-monospace, 'Cascadia Code', 'SF Mono', Menlo, Consolas, 'Liberation Mono', monospace",
};

const light: Theme = { ...createLightTheme(brand), ...fonts };
const dark: Theme = {
  ...createDarkTheme(brand), ...fonts,
  colorBrandForeground1: brand[120], colorBrandForeground2: brand[130], colorBrandForegroundLink: brand[130],
  colorNeutralBackground1: "#1b1f23", colorNeutralBackground2: "#14171a", colorNeutralBackground3: "#101214",
  colorNeutralBackground4: "#0c0e10", colorSubtleBackgroundHover: "#262b30", colorSubtleBackgroundSelected: "#22272c",
  colorNeutralBackground1Hover: "#252a2f", colorNeutralBackground1Selected: "#22272c",
  colorNeutralStroke1: "#454b52", colorNeutralStroke2: "#31363c", colorNeutralStroke3: "#262b30",
};
const contrast: Theme = { ...teamsHighContrastTheme, ...fonts };

export const THEME_CHOICES = ["system", "light", "dark", "contrast"] as const;
export type ThemeChoice = (typeof THEME_CHOICES)[number];

const KEY = "picket.theme";
const darkMedia = () => window.matchMedia("(prefers-color-scheme: dark)");
const listeners = new Set<() => void>();

function stored(): ThemeChoice {
  const value = localStorage.getItem(KEY);
  return THEME_CHOICES.find((choice) => choice === value) ?? "system";
}

export function setTheme(choice: ThemeChoice): void {
  localStorage.setItem(KEY, choice);
  listeners.forEach((listener) => listener());
}

function subscribe(listener: () => void): () => void {
  const media = darkMedia();
  listeners.add(listener);
  media.addEventListener("change", listener);
  return () => {
    listeners.delete(listener);
    media.removeEventListener("change", listener);
  };
}

const snapshot = () => `${stored()} ${darkMedia().matches ? "dark" : "light"}`;

/** The reader's choice and the theme that follows from it; the page's own CSS sees it as `data-theme`. */
export function useTheme(): { choice: ThemeChoice; theme: Theme; name: "light" | "dark" | "contrast" } {
  const [choice, system] = useSyncExternalStore(subscribe, snapshot).split(" ") as [ThemeChoice, "light" | "dark"];
  const name = choice === "system" ? system : choice;
  useEffect(() => {
    document.documentElement.dataset.theme = name;
  }, [name]);
  return { choice, name, theme: { light, dark, contrast }[name] };
}
