using System.Collections.Frozen;

namespace Mdm.Plugins.Dicom.Deidentification.Rules;

/// <summary>Why pixels may show who the patient is.</summary>
internal enum PixelRisk : byte
{
    /// <summary>Nothing says that they do.</summary>
    None = 0,

    /// <summary>What made them usually writes into them, or takes pictures of what can be read.</summary>
    Kind = 1,

    /// <summary>The object says so itself: Burned In Annotation (0028,0301) is YES.</summary>
    Declared = 2,
}

/// <summary>What the gate says of an object's pixels.</summary>
internal enum PixelDecision : byte
{
    /// <summary>They may go out as they are.</summary>
    Pass,

    /// <summary>They may go out once the rectangles are blanked.</summary>
    Clean,

    /// <summary>They may not go out before somebody looked at them.</summary>
    Refuse,
}

/// <summary>The gate's answer. <paramref name="Reason"/> says why in words for whoever has to look; no value of the object is in it.</summary>
internal sealed record PixelVerdict(PixelDecision Decision, PixelRisk Risk, string Reason, IReadOnlyList<PixelRectangle> Blank)
{
    /// <summary>Whether Burned In Annotation (0028,0301) may be set to NO: a rule of the site speaks for these pixels (E.3.1).</summary>
    public bool IsKnownClean { get; init; }
}

/// <summary>
/// Which images may carry burned-in text (PS3.15 E.3.1), and whether the site's rules make them safe. What declares NO is believed
/// only where its kind does not usually carry text: devices set it without looking.
/// </summary>
internal static class PixelGate
{
    // PS3.4 table B.5-1: ultrasound, secondary captures, endoscopy, microscopy, photography and the videos of each. Images of the eye
    // and whole slides have none; what is printed or drawn from them does, and is a secondary capture or says so in its image type.
    private const string Storage = "1.2.840.10008.5.1.4.1.1.";

    private static readonly FrozenSet<string> WrittenInto = new[]
    {
        "3", "3.1", "6", "6.1", "7", "7.1", "7.2", "7.3", "7.4", "77.1.1", "77.1.1.1", "77.1.2", "77.1.2.1", "77.1.4", "77.1.4.1", "77.1", "77.2",
    }.Select(suffix => Storage + suffix).ToFrozenSet(StringComparer.Ordinal);

    private static readonly FrozenSet<string> Modalities =
        new[] { "US", "IVUS", "OT", "SC", "ES", "XC", "GM", "DOC", "HC" }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    // Words of Image Type that vendors give to what is drawn on a screen or scanned from paper; SM has its slide's label as an image.
    private static readonly FrozenSet<string> ScreenWords = new[]
    {
        "SCREEN", "SCREENSHOT", "SCREENSAVE", "SCREENSHOTS", "CAPTURE", "CAPTURED", "REPORT", "SUMMARY", "PROTOCOL", "SNAPSHOT", "PHOTO", "LABEL",
        "OVERVIEW", "SCANNED", "PAPER", "FORM", "DOSEREPORT",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    /// <param name="facts">Of the object.</param>
    /// <param name="regions">The site's rules.</param>
    /// <param name="cleanPixelData">Whether the option is on: rectangles are blanked only then.</param>
    /// <param name="accepted">The greatest risk that the publication takes where no rule applies; <see cref="PixelRisk.None"/> by default.</param>
    public static PixelVerdict Decide(PixelFacts facts, PixelRegions regions, bool cleanPixelData, PixelRisk accepted = PixelRisk.None)
    {
        if (!facts.HasPixels)
            return new PixelVerdict(PixelDecision.Pass, PixelRisk.None, "it has no pixels", []);
        var (risk, reason) = Assess(facts);
        var blank = regions.Find(facts);
        if (blank is { Count: 0 })
            return new PixelVerdict(PixelDecision.Pass, risk, "a rule says that this device burns in nothing", []) { IsKnownClean = true };
        if (blank is not null && cleanPixelData)
        {
            if (facts.IsCompressed)
                return new PixelVerdict(PixelDecision.Refuse, risk, "a rule has regions for it, but its pixels are compressed and are not decoded", []);
            return PixelLayout.Fault(facts) is { } fault
                ? new PixelVerdict(PixelDecision.Refuse, risk, "a rule has regions for it, but " + fault, [])
                : new PixelVerdict(PixelDecision.Clean, risk, reason, blank) { IsKnownClean = true };
        }

        // A rule with rectangles knows of text that nobody blanks here.
        if (blank is not null && risk == PixelRisk.None)
            (risk, reason) = (PixelRisk.Kind, "a rule has regions for it, but Clean Pixel Data is off");
        return new PixelVerdict(risk <= accepted ? PixelDecision.Pass : PixelDecision.Refuse, risk, reason, []);
    }

    private static (PixelRisk Risk, string Reason) Assess(PixelFacts facts)
    {
        var declared = facts.BurnedInAnnotation.Trim(' ', '\0');
        if (declared.Equals("YES", StringComparison.OrdinalIgnoreCase))
            return (PixelRisk.Declared, "Burned In Annotation (0028,0301) is YES");
        if (WrittenInto.Contains(facts.SopClassUid.TrimEnd('\0', ' ')))
            return (PixelRisk.Kind, "images of its SOP class (0008,0016) usually carry text");
        if (Modalities.Contains(facts.Modality.Trim(' ', '\0')))
            return (PixelRisk.Kind, "images of its Modality (0008,0060) usually carry text");
        if (facts.ConversionType.Trim(' ', '\0').Length > 0)
            return (PixelRisk.Kind, "it was converted from something else by Conversion Type (0008,0064)");
        if (facts.ImageType.Any(value => value.Split(' ', '_', '-', '/', '.').Any(ScreenWords.Contains)))
            return (PixelRisk.Kind, "its Image Type (0008,0008) is that of a screen, a report or a label");

        // Neither YES nor NO is a value that nobody understands.
        return declared.Length > 0 && !declared.Equals("NO", StringComparison.OrdinalIgnoreCase)
            ? (PixelRisk.Kind, "Burned In Annotation (0028,0301) is neither YES nor NO")
            : (PixelRisk.None, "nothing says that its pixels carry text");
    }
}
