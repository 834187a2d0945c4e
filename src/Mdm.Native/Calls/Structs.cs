using System.Runtime.InteropServices;

namespace Mdm.Native.Calls;

#pragma warning disable CS0649 // They are filled by the caller.

/// <summary>A struct of the header that later versions may have more members at the end of.</summary>
internal interface IGrowing
{
    /// <summary>Its size in the first version: no program has a shorter one.</summary>
    static abstract int FirstSize { get; }
}

/// <summary>mdm_error.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct ErrorStruct : IGrowing
{
    public const int MessageSize = 1024;

    public static int FirstSize => 1032;

    public uint Size;
    public int Kind;
    public fixed byte Message[MessageSize];
}

/// <summary>mdm_session_options.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct SessionOptionsStruct : IGrowing
{
    public static int FirstSize => 64;

    public uint Size;
    public uint Abi;
    public byte* ProxyFile;
    public byte* KeyFile;
    public byte* TrustDirectory;
    public byte* Endpoint;
    public byte* Keystores;
    public byte* MetadataServers;
    public uint CallTimeoutMilliseconds;
    public uint Reserved;
}

/// <summary>mdm_entry.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct EntryStruct : IGrowing
{
    public const int AdlerSize = 12;

    public static int FirstSize => 56;

    public uint Size;
    public int Type;
    public long Length;
    public long Modified;
    public int IsOnline;
    public fixed byte Adler32[AdlerSize];
    public byte* Surl;
    public byte* Path;
}

/// <summary>mdm_question.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct QuestionStruct : IGrowing
{
    public static int FirstSize => 88;

    public uint Size;
    public byte* Condition;
    public byte** Collections;
    public nuint CollectionCount;
    public byte** Attributes;
    public nuint AttributeCount;
    public byte** Order;
    public nuint OrderCount;
    public long Limit;
    public long Offset;
    public uint TimeLimitMilliseconds;
    public uint Reserved;
}

/// <summary>mdm_value. It lies in arrays, and does not grow.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct ValueStruct
{
    public byte* Name;
    public byte* Value;
}

/// <summary>mdm_row.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct RowStruct : IGrowing
{
    public static int FirstSize => 56;

    public uint Size;
    public byte* Server;
    public byte* Collection;
    public byte* Entry;
    public byte* Path;
    public ValueStruct* Values;
    public nuint ValueCount;
}

/// <summary>mdm_report.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct ReportStruct : IGrowing
{
    public static int FirstSize => 48;

    public uint Size;
    public int Outcome;
    public long Rows;
    public long ElapsedMilliseconds;
    public byte* Server;
    public byte* Collection;
    public byte* Reason;
}

/// <summary>mdm_fetch_options.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct FetchOptionsStruct : IGrowing
{
    public static int FirstSize => 24;

    public uint Size;
    public int IsRecursive;
    public uint Parallel;
    public ulong MaxBytes;
}
