using System.Globalization;

namespace Mdm.DemoPacs;

/// <summary>What a demonstration PACS is and holds.</summary>
public sealed record DemoPacsOptions
{
    /// <summary>0 for any free port.</summary>
    public int Port { get; init; }

    public string AeTitle { get; init; } = "DEMOPACS";

    /// <summary>CT series in the study made for measuring; 0 for none.</summary>
    public int Series { get; init; }

    /// <summary>Instances in each of these series.</summary>
    public int Instances { get; init; } = 1;

    /// <summary>Bytes of pixel data of each of these instances.</summary>
    public int PixelBytes { get; init; } = 512 * 1024;

    /// <summary>Frames of each of these instances; more than one makes them enhanced MR, with an item of the functional groups for each.</summary>
    public int Frames { get; init; } = 1;

    /// <summary>Instances of a synthetic archive that exists only as a listing and is generated when fetched; 0 for none.</summary>
    public int Count { get; init; }

    /// <summary>False leaves the phantom patients out.</summary>
    public bool Phantoms { get; init; } = true;

    /// <summary>C-STORE is taken, into memory.</summary>
    public bool AcceptsStore { get; init; }

    /// <summary>Where C-MOVE may deliver: AE title to host and port.</summary>
    public IReadOnlyDictionary<string, (string Host, int Port)> Destinations { get; init; } = new Dictionary<string, (string, int)>();

    public DemoFaults Faults { get; init; } = new();

    /// <summary>Reads a command line.</summary>
    /// <exception cref="FormatException">Names the argument that is wrong.</exception>
    public static DemoPacsOptions Parse(IReadOnlyList<string> arguments)
    {
        var options = new DemoPacsOptions();
        var destinations = new Dictionary<string, (string, int)>(StringComparer.Ordinal);
        for (var i = 0; i < arguments.Count; i++)
        {
            string Value() => ++i < arguments.Count ? arguments[i] : throw new FormatException($"{arguments[i - 1]} needs a value.");
            int Number() => int.TryParse(Value(), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : throw new FormatException($"{arguments[i - 1]} needs a number.");

            switch (arguments[i])
            {
                case "--port": options = options with { Port = Number() }; break;
                case "--aet": options = options with { AeTitle = Value() }; break;
                case "--series": options = options with { Series = Number() }; break;
                case "--instances": options = options with { Instances = Number() }; break;
                case "--size": options = options with { PixelBytes = Number() }; break;
                case "--frames": options = options with { Frames = Number() }; break;
                case "--count": options = options with { Count = Number() }; break;
                case "--no-phantoms": options = options with { Phantoms = false }; break;
                case "--store": options = options with { AcceptsStore = true }; break;
                case "--move-to":
                    var (aeTitle, host, port) = Destination(Value());
                    destinations[aeTitle] = (host, port);
                    break;
                case "--fault": options.Faults.Set(Value()); break;
                default: throw new FormatException($"{arguments[i]} is not known.");
            }
        }

        return options with { Destinations = destinations };
    }

    private static (string AeTitle, string Host, int Port) Destination(string text)
    {
        var parts = text.Split('@', ':');
        return parts.Length == 3 && int.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            ? (parts[0], parts[1], port)
            : throw new FormatException("--move-to needs AET@host:port.");
    }
}

/// <summary>What shall go wrong. May be changed while the server runs.</summary>
public sealed class DemoFaults
{
    /// <summary>Stops for good in the middle of this object (counted from 1 over the server's life); 0 never.</summary>
    public int HangInObject { get; set; }

    /// <summary>Rejects so many associations as temporarily impossible; below 0 all.</summary>
    public int RefuseAssociations { get; set; }

    /// <summary>Waits before each answer.</summary>
    public TimeSpan Slow { get; set; }

    /// <summary>Leaves out every so-manieth object and says that it was sent; 0 none.</summary>
    public int DropEvery { get; set; }

    /// <summary>Cuts C-FIND off after so many answers, without a word; 0 never.</summary>
    public int CapFind { get; set; }

    /// <summary>Closes the connection when this SOP Instance UID is to be sent.</summary>
    public string? DieOn { get; set; }

    /// <summary>Answers C-STORE with this status: what says that it failed is not kept.</summary>
    public int StoreStatus { get; set; }

    /// <summary>C-GET is not offered.</summary>
    public bool NoGet { get; set; }

    /// <summary>SOP classes are not told at IMAGE level.</summary>
    public bool HideClasses { get; set; }

    /// <summary>Matching keys other than the level's UIDs are ignored: everything is answered.</summary>
    public bool IgnoreKeys { get; set; }

    /// <summary>Reads <c>name</c> or <c>name=value</c>.</summary>
    /// <exception cref="FormatException">No such fault.</exception>
    public void Set(string text)
    {
        var (name, value) = text.Split('=', 2) is [var first, var second] ? (first, second) : (text, "");
        int Number() => int.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : throw new FormatException($"--fault {name} needs a number.");

        switch (name)
        {
            case "hang": HangInObject = Number(); break;
            case "refuse": RefuseAssociations = value.Length == 0 ? -1 : Number(); break;
            case "slow": Slow = TimeSpan.FromMilliseconds(Number()); break;
            case "drop": DropEvery = Number(); break;
            case "cap": CapFind = Number(); break;
            case "die-on": DieOn = value; break;
            case "store-status": StoreStatus = int.TryParse(value, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var status) ? status : throw new FormatException("--fault store-status needs a hexadecimal number."); break;
            case "no-get": NoGet = true; break;
            case "hide-classes": HideClasses = true; break;
            case "ignore-keys": IgnoreKeys = true; break;
            default: throw new FormatException($"--fault {name} is not known: hang, refuse, slow, drop, cap, die-on, store-status, no-get, hide-classes, ignore-keys.");
        }
    }
}
