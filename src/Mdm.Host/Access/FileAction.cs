namespace Mdm.Host.Access;

/// <summary>What a caller may do to a file once it is authorised.</summary>
internal enum FileAction
{
    /// <summary>Have it fetched and read it.</summary>
    Read,

    /// <summary>Have it fetched before it was asked for, since its neighbours are being walked.</summary>
    ReadAhead,
}
